"""The Setup panel: a form generated from the config, the variant's card, the dataset picker and the recipes."""

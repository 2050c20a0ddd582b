"""What a run measures of its own health while it trains, and the rules that turn it into a diagnosis with advice."""

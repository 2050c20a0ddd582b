"""How fast the trainer and the window are on this machine; reached by ``ganstudio bench``."""

"""The VGG-19 network: where its weights come from, how they are read safely, what it computes."""

"""Changes of ours go back to the systems that subjects came from: as files in their columns, or by their interfaces."""

"""An invented company for three weeks, to see the whole process at work."""

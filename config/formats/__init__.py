"""How numbers and times are written, where Django's own form is not what operators read."""

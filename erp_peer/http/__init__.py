"""The peer on the wire: surface H, the control surface, and the faults in front of both."""

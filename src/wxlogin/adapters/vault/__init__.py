"""The vault: what is sensitive at rest, under keys derived from one master key."""

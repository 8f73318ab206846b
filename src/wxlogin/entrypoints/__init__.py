"""How the world reaches us: settings, parts list, doors and commands."""

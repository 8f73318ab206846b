"""How we reach the world. Each room speaks one foreign language and knows no sibling."""

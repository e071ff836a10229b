"""What people may ask about their own data: to see it, and to have it forgotten."""

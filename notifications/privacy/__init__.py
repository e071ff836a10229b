"""What people may ask about their own data: to see it, to have it forgotten, and that it is not kept for ever."""

"""Who is this? Names, phones and addresses of companies and people compared; pure, without a database."""

"""Where a postcode lies: provinces of the Netherlands and Belgium, from tables that others made (see NOTICE)."""

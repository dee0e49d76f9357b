"""What people see: tables on the console, the summary of a night, the compliance report."""

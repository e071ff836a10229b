"""Spreadsheets as tables: workbooks of Excel and LibreOffice, and the lines above and below a table in any file."""

"""Results -> what people and programs read: terminal and JSON, one data model for both."""

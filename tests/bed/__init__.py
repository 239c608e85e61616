"""A test bed for the Salesforce feed: an org that misbehaves on command, and an observer of what was to be seen."""

"""The sandbox: a sample Salesforce org, invented people at work, and the demo. Nothing of it is needed to score."""

"""One module for each noun or two of the API."""

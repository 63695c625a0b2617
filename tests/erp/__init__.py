"""The exchange with 1C:ERP, against the real stand-in over HTTP wherever it takes part."""

"""Surface O: the platform's standard OData 3.0 interface, on the tables and rules that surface H stands on.

Nothing here knows the web framework: `service.answer` takes a call and gives a reply.
"""

"""People of the portal: who they are, how they come in, who stands in for whom, and what proves it is them.

A head of a client looks after his own company, the administrator after everybody (PRODUCT 4, processes 2 and 3).
"""

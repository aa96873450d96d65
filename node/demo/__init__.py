"""The demonstration: a federation of ports on one machine, each a process of its own as it would be at a port.

It founds the federation (`founding`), starts and stops its processes (`processes`, `house`), says what runs where (`table`) and
what happens (`progress`). `check` proves the whole without a terminal: it only does what an officer, an operator or an auditor
could do, over HTTP, with files and with the product's own commands. Nothing here is imported by a running node.
"""

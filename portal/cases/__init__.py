"""Cases: whatever goes through a workflow, an application or a report; its events, moves, messages and documents.

A case is filed by an organisation, answers a form, and moves by verbs. Each move is checked here, in the service: the
role, the state, the guards. Each writes an event, and everything that is shown of the past is made from events.
"""

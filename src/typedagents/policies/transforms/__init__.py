"""What is shown of a conversation: pure functions of a view, that put other messages in the place of its transcript.

A call and its results are shown or cut together; the order of messages stays; the log is never touched.
"""

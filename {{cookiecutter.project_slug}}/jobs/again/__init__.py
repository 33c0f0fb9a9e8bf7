"""retry, resume, undo: go on with a job that has ended, or take its renames back.

`rows` and `undoing` choose rows, `writing` makes them a manifest that passes check, `running` is
what the three do alike, and `jobs.submit` makes the job; each verb is a module of its name. The
tools never delete an object.
"""

"""Models from the Hugging Face Hub: chosen, downloaded, checked and put in the models folder.

Nothing here asks the network before a person asked for a model, and huggingface_hub is imported by
the modules that talk to it, which are imported by the command alone. `progress` and
`engine.catalogue` are for everybody.
"""

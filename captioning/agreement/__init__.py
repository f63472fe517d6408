"""Whether texts fit pictures, by models that know both: CLIP, SigLIP and their like, BLIP's matching head, ViLT."""

"""The stage of suggestions: gather contexts and captions, decide on drafts (pure), apply. No picture is looked at."""

"""Tasks of a flow that only note how they are called: for tests of the order alone."""


def noting(monkeypatch, recipe, **returned):
    """Replace tasks of a flow by ones that note their calls."""
    noted = []

    def step(name):
        def called(*arguments):
            noted.append((name, *arguments))
            return returned[name]

        return called

    for name in returned:
        monkeypatch.setattr(recipe, name, step(name))
    return noted

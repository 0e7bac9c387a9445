"""Names that went away -> what stands for them; what a library says itself is read there.

A place is `module:name`, or `module` for a module.
"""

from __future__ import annotations

NAMES: dict[str, dict[str, str]] = {
    "numpy": {
        "bool": "builtins:bool", "long": "builtins:int", "unicode": "builtins:str",
        "product": "numpy:prod", "cumproduct": "numpy:cumprod", "in1d": "numpy:isin",
        "row_stack": "numpy:vstack", "trapz": "numpy:trapezoid", "rank": "numpy:ndim",
        "asscalar": "fitdoctor.observe.former.functions:asscalar",
        "asfarray": "fitdoctor.observe.former.functions:asfarray",
        "NINF": "fitdoctor.observe.former.functions:NINF",
    },
    "tensorflow": {"contrib": "tensorflow.contrib"},
    "tensorflow.contrib": {"keras": "tf_keras"},
    "collections": {name: f"collections.abc:{name}" for name in (
        "Callable", "Container", "Generator", "Hashable", "ItemsView", "Iterable", "Iterator",
        "KeysView", "Mapping", "MappingView", "MutableMapping", "MutableSequence", "MutableSet",
        "Sequence", "Set", "Sized", "ValuesView")},
    "time": {"clock": "time:process_time"},
    "fractions": {"gcd": "math:gcd"},
    "inspect": {"getargspec": "fitdoctor.observe.former.functions:getargspec"},
    "scipy": {name: f"numpy:{name}" for name in (
        "arange", "array", "asarray", "cos", "dot", "exp", "eye", "hstack", "linspace", "log",
        "mean", "ones", "ones_like", "pi", "rand", "randn", "reshape", "sin", "sqrt", "std", "sum",
        "vstack", "where", "zeros", "zeros_like")},
    "scipy.misc": {
        **{name: f"fitdoctor.observe.former.images:{name}" for name in (
            "fromimage", "imread", "imresize", "imrotate", "imsave", "toimage")},
        "logsumexp": "scipy.special:logsumexp", "comb": "scipy.special:comb",
        "factorial": "scipy.special:factorial", "face": "scipy.datasets:face",
        "ascent": "scipy.datasets:ascent",
    },
    "scipy.ndimage": {"imread": "fitdoctor.observe.former.images:imread"},
    "scipy.signal": {name: f"scipy.signal.windows:{name}" for name in (
        "bartlett", "blackman", "boxcar", "gaussian", "hamming", "hann", "kaiser", "triang")},
    "scipy.stats": {"nanmean": "numpy:nanmean", "nanstd": "numpy:nanstd"},
    "scipy.integrate": {"cumtrapz": "scipy.integrate:cumulative_trapezoid", "simps":
                        "scipy.integrate:simpson", "trapz": "scipy.integrate:trapezoid"},
    "sklearn.preprocessing": {"Imputer": "sklearn.impute:SimpleImputer"},
    "sklearn.datasets": {
        "fetch_mldata": "sklearn.datasets:fetch_openml",
        "load_boston": "fitdoctor.observe.former.functions:load_boston",
    },
    "sklearn.metrics": {"jaccard_similarity_score": "sklearn.metrics:jaccard_score"},
    "PIL.Image": {"ANTIALIAS": "PIL.Image:LANCZOS", "LINEAR": "PIL.Image:BILINEAR", "CUBIC":
                  "PIL.Image:BICUBIC"},
}  # fmt: skip
"""Module -> names that are missing there -> where what they meant is."""
HOMES = {
    "tensorflow": ("tensorflow.compat.v1",),
    "tf_keras.backend": ("tf_keras.api._v1.keras.backend", "tf_keras.src.backend"),
    "tf_keras.layers": (
        "tf_keras.api._v1.keras.layers", "tf_keras.models", "tf_keras.utils",
    ),
    "tf_keras": ("tf_keras.layers", "tf_keras.utils"),
}  # fmt: skip
"""Module -> modules of its own library that still hold what it held, under the same names."""
PARTS = {"tensorflow": ("tensorflow._api.v2", "tensorflow._api.v2.compat.v1")}
"""Package -> where its parts are, and where parts of the same names still hold what they held."""
ARGUMENTS: dict[str, dict[str, str | None]] = {
    "sklearn.preprocessing.OneHotEncoder": {"sparse": "sparse_output"},
    "sklearn.model_selection.GridSearchCV": {"iid": None, "fit_params": None},
    "sklearn.model_selection.RandomizedSearchCV": {"iid": None, "fit_params": None},
}
"""Class -> what its arguments were called -> what they are called; `None` where they are gone."""
METHODS = {
    "pandas.DataFrame": {"as_matrix": "to_numpy", "iteritems": "items"},
    "pandas.Series": {"as_matrix": "to_numpy", "iteritems": "items"},
}
"""Class -> what its methods were called -> those that do the same."""
MODULES = {
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.externals.joblib": "joblib",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "sklearn.datasets.base": "sklearn.datasets",
    "sklearn.metrics.classification": "sklearn.metrics",
    "sklearn.metrics.ranking": "sklearn.metrics",
    "sklearn.preprocessing.data": "sklearn.preprocessing",
    "sklearn.preprocessing.label": "sklearn.preprocessing",
    "sklearn.preprocessing.imputation": "sklearn.preprocessing",
    "sklearn.neural_network.multilayer_perceptron": "sklearn.neural_network",
    "sklearn.ensemble.forest": "sklearn.ensemble",
    "sklearn.linear_model.logistic": "sklearn.linear_model",
    "sklearn.svm.classes": "sklearn.svm",
    "sklearn.utils.testing": "sklearn.utils._testing",
    "scipy.ndimage.interpolation": "scipy.ndimage",
    "scipy.ndimage.filters": "scipy.ndimage",
    "scipy.ndimage.measurements": "scipy.ndimage",
    "scipy.ndimage.morphology": "scipy.ndimage",
    "scipy.misc": "scipy.special",
    "pandas.tools.plotting": "pandas.plotting",
    "pandas.util.testing": "pandas.testing",
    "tensorflow.keras.layers.experimental.preprocessing": "tensorflow.keras.layers",
}
"""Modules that went away -> those that hold what they held."""
OF_PYTHON_2 = {
    "cPickle": "pickle", "StringIO": "io", "cStringIO": "io", "Queue": "queue", "ConfigParser":
    "configparser", "urllib2": "urllib.request", "urlparse": "urllib.parse", "Tkinter": "tkinter",
    "__builtin__": "builtins",
}  # fmt: skip
"""Modules of Python 2 -> those of Python 3; a script that tries both decides for itself."""

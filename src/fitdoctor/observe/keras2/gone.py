"""What Keras 2 has and Keras 3 has not, by the path below `keras`.

Written by `python -m benchmarks.former_names` from the installed libraries; not by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> Mapping[str, frozenset[str]]:
    rows = (line.partition(":") for line in text.splitlines() if line)
    return {path.strip(): frozenset(names.split()) for path, _, names in rows}


GONE: Final = _table("""
applications: RegNetX002 RegNetX004 RegNetX006 RegNetX008 RegNetX016 RegNetX032 RegNetX040 RegNetX064 RegNetX080 RegNetX120 RegNetX160 RegNetX320 RegNetY002 RegNetY004 RegNetY006 RegNetY008 RegNetY016 RegNetY032 RegNetY040 RegNetY064 RegNetY080 RegNetY120 RegNetY160 RegNetY320 ResNetRS101 ResNetRS152 ResNetRS200 ResNetRS270 ResNetRS350 ResNetRS420 ResNetRS50 regnet resnet_rs
backend: abs all any arange argmax argmin batch_dot batch_flatten batch_get_value batch_normalization batch_set_value bias_add binary_crossentropy binary_focal_crossentropy cast cast_to_floatx categorical_crossentropy categorical_focal_crossentropy clip concatenate constant conv1d conv2d conv2d_transpose conv3d cos count_params ctc_batch_cost ctc_decode ctc_label_dense_to_sparse cumprod cumsum depthwise_conv2d dot dropout dtype elu equal eval exp expand_dims eye flatten foldl foldr function gather get_value gradients greater greater_equal hard_sigmoid in_test_phase in_top_k in_train_phase int_shape is_sparse l2_normalize learning_phase learning_phase_scope less less_equal local_conv1d local_conv2d log manual_variable_initialization map_fn max maximum mean min minimum moving_average_update name_scope ndim normalize_batch_in_training not_equal one_hot ones ones_like permute_dimensions placeholder pool2d pool3d pow print_tensor prod random_bernoulli random_binomial random_normal random_normal_variable random_uniform random_uniform_variable relu repeat repeat_elements reset_uids reshape resize_images resize_volumes reverse rnn round separable_conv2d set_learning_phase set_value shape sigmoid sign sin softmax softplus softsign sparse_categorical_crossentropy spatial_2d_padding spatial_3d_padding sqrt square squeeze stack std stop_gradient sum switch tanh temporal_padding tile to_dense transpose truncated_normal update update_add update_sub var variable zeros zeros_like
callbacks: BaseLogger SidecarEvaluatorModelExport
constraints: RadialConstraint radial_constraint
layers: AbstractRNNCell DenseFeatures LocallyConnected1D LocallyConnected2D RandomHeight RandomWidth ThresholdedReLU
losses: KLD MAE MAPE MSE MSLE Reduction kld kullback_leibler_divergence logcosh mae mape mse msle
metrics: KLD MAE MAPE MSE MSLE MeanRelativeError MeanTensor kld kullback_leibler_divergence logcosh mae mape mse msle
models: model_from_config model_from_yaml
optimizers.legacy: Adadelta Adamax Nadam
preprocessing: text
preprocessing.image: DirectoryIterator ImageDataGenerator Iterator NumpyArrayIterator apply_affine_transform apply_brightness_shift apply_channel_shift random_brightness random_channel_shift random_rotation random_shear random_shift random_zoom
preprocessing.sequence: TimeseriesGenerator make_sampling_table skipgrams
utils: GeneratorEnqueuer OrderedEnqueuer SequenceEnqueuer SidecarEvaluator StepsPerExecutionTuner TimedThread to_ordinal warmstart_embedding_matrix
""")  # noqa: E501
"""Of `keras` itself."""

GONE_OF_TF: Final = _table("""
applications: RegNetX002 RegNetX004 RegNetX006 RegNetX008 RegNetX016 RegNetX032 RegNetX040 RegNetX064 RegNetX080 RegNetX120 RegNetX160 RegNetX320 RegNetY002 RegNetY004 RegNetY006 RegNetY008 RegNetY016 RegNetY032 RegNetY040 RegNetY064 RegNetY080 RegNetY120 RegNetY160 RegNetY320 ResNetRS101 ResNetRS152 ResNetRS200 ResNetRS270 ResNetRS350 ResNetRS420 ResNetRS50 regnet resnet_rs
backend: function in_test_phase in_train_phase learning_phase learning_phase_scope local_conv1d local_conv2d manual_variable_initialization normalize_batch_in_training placeholder print_tensor random_binomial reset_uids set_learning_phase
callbacks: BaseLogger SidecarEvaluatorModelExport
constraints: RadialConstraint radial_constraint
layers: AbstractRNNCell DenseFeatures LocallyConnected1D LocallyConnected2D
losses: kl_divergence log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error
metrics: MeanRelativeError MeanTensor kl_divergence log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error
models: model_from_config model_from_yaml
optimizers.legacy: Adadelta Adamax Nadam
utils: GeneratorEnqueuer OrderedEnqueuer SequenceEnqueuer SidecarEvaluator StepsPerExecutionTuner TimedThread to_ordinal warmstart_embedding_matrix
""")  # noqa: E501
"""Of `tf.keras`, which still holds more."""

"""What Keras 1 and 2 had and `tf_keras` has elsewhere, by the path below `keras`.

Written by `python -m benchmarks.former_places` from the releases of Keras and the installed
`tf_keras`; not by hand. A place is a module, or `module:name`; `*` stands for the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    here: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("["):
            here = found.setdefault(line[1:-1], {})
        elif line:
            place, *names = line.split()
            here |= {name: place.replace("*", name) for name in names}
    return found


def _arguments(text: str) -> Mapping[str, Mapping[str, str]]:
    rows = (line.partition(": ") for line in text.splitlines() if line)
    pairs = ((name, [pair.split("=") for pair in said.split()]) for name, _, said in rows)
    return {name: dict(found) for name, found in pairs}


PLACES: Final = _table("""
[]
fitdoctor.observe.keras2.wrappers wrappers
tf_keras.layers:* InputLayer InputSpec Layer Merge merge
tf_keras.utils:* get_source_inputs
[activations]
tf_keras.backend K
tf_keras.layers:* Layer
tf_keras.utils:* deserialize_keras_object
[applications]
tf_keras.backend backend
tf_keras.layers layers
tf_keras.models models
tf_keras.utils utils
[applications.audio_conv_utils]
tf_keras.applications.imagenet_utils:* decode_predictions preprocess_input
tf_keras.backend K
[applications.densenet]
tf_keras.backend K
tf_keras.layers:* Activation AveragePooling2D BatchNormalization Concatenate Conv2D Dense GlobalAveragePooling2D GlobalMaxPooling2D Input MaxPooling2D ZeroPadding2D
tf_keras.models:* Model
tf_keras.src.applications.densenet:* DENSENET121_WEIGHT_PATH DENSENET121_WEIGHT_PATH_NO_TOP DENSENET169_WEIGHT_PATH DENSENET169_WEIGHT_PATH_NO_TOP DENSENET201_WEIGHT_PATH DENSENET201_WEIGHT_PATH_NO_TOP DenseNet conv_block dense_block imagenet_utils transition_block
tf_keras.utils:* get_file get_source_inputs
[applications.imagenet_utils]
tf_keras.backend K
tf_keras.src.applications.imagenet_utils:* CLASS_INDEX_PATH
tf_keras.utils:* get_file
[applications.inception_resnet_v2]
tf_keras.backend K
tf_keras.layers:* Activation AveragePooling2D BatchNormalization Concatenate Conv2D Dense GlobalAveragePooling2D GlobalMaxPooling2D Input Lambda MaxPooling2D
tf_keras.models:* Model
tf_keras.src.applications.inception_resnet_v2:* BASE_WEIGHT_URL conv2d_bn imagenet_utils inception_resnet_block
tf_keras.utils:* get_file get_source_inputs
[applications.inception_v3]
fitdoctor.observe.keras2.formerly:* convert_all_kernels_in_model
tf_keras.backend K
tf_keras.layers layers
tf_keras.layers:* Activation AveragePooling2D BatchNormalization Conv2D Convolution2D Dense Flatten GlobalAveragePooling2D GlobalMaxPooling2D Input MaxPooling2D merge
tf_keras.models:* Model
tf_keras.src.applications.inception_v3:* WEIGHTS_PATH WEIGHTS_PATH_NO_TOP conv2d_bn imagenet_utils
tf_keras.src.applications.xception:* TF_WEIGHTS_PATH TF_WEIGHTS_PATH_NO_TOP
tf_keras.utils:* get_file get_source_inputs
[applications.mobilenet]
tensorflow.nn:* relu6
tf_keras.backend K
tf_keras.constraints constraints
tf_keras.initializers initializers
tf_keras.layers:* Activation BatchNormalization Conv2D DepthwiseConv2D Dropout GlobalAveragePooling2D GlobalMaxPooling2D Input InputSpec Reshape ZeroPadding2D
tf_keras.models:* Model
tf_keras.regularizers regularizers
tf_keras.src.applications.mobilenet:* BASE_WEIGHT_PATH imagenet_utils
tf_keras.src.utils.conv_utils conv_utils
tf_keras.utils:* get_file get_source_inputs
[applications.mobilenet_v2]
[applications.mobilenetv2]
tf_keras.applications.imagenet_utils:* decode_predictions preprocess_input
tf_keras.src.applications.mobilenet_v2:* MobileNetV2
[applications.music_tagger_crnn]
fitdoctor.observe.keras2.formerly:* convert_all_kernels_in_model
tf_keras.applications.imagenet_utils:* decode_predictions preprocess_input
tf_keras.backend K
tf_keras.layers:* BatchNormalization Convolution2D Dense Dropout ELU GRU Input MaxPooling2D Permute Reshape ZeroPadding2D
tf_keras.models:* Model
tf_keras.src.applications.xception:* TF_WEIGHTS_PATH
tf_keras.utils:* get_file get_source_inputs
[applications.nasnet]
tf_keras.backend K
tf_keras.layers:* Activation AveragePooling2D BatchNormalization Conv2D Cropping2D Dense GlobalAveragePooling2D GlobalMaxPooling2D Input MaxPooling2D SeparableConv2D ZeroPadding2D add concatenate
tf_keras.models:* Model
tf_keras.src.applications.nasnet:* NASNET_LARGE_WEIGHT_PATH NASNET_LARGE_WEIGHT_PATH_NO_TOP NASNET_MOBILE_WEIGHT_PATH NASNET_MOBILE_WEIGHT_PATH_NO_TOP NASNet
tf_keras.utils:* get_file get_source_inputs
[applications.resnet]
tf_keras.src.applications.resnet_v2:* resnet
[applications.resnet50]
fitdoctor.observe.keras2.formerly:* convert_all_kernels_in_model
tf_keras.backend K
tf_keras.layers layers
tf_keras.layers:* Activation AveragePooling2D BatchNormalization Conv2D Convolution2D Dense Flatten GlobalAveragePooling2D GlobalMaxPooling2D Input MaxPooling2D ZeroPadding2D merge
tf_keras.models:* Model
tf_keras.src.applications.densenet:* conv_block
tf_keras.src.applications.inception_v3:* WEIGHTS_PATH WEIGHTS_PATH_NO_TOP
tf_keras.src.applications.xception:* TF_WEIGHTS_PATH TF_WEIGHTS_PATH_NO_TOP
tf_keras.src.utils.layer_utils layer_utils
tf_keras.utils:* get_file get_source_inputs
[applications.resnet_v2]
tf_keras.src.applications:* resnet_v2
[applications.vgg16]
fitdoctor.observe.keras2.formerly:* convert_all_kernels_in_model
tf_keras.backend K
tf_keras.layers:* Conv2D Convolution2D Dense Flatten GlobalAveragePooling2D GlobalMaxPooling2D Input MaxPooling2D
tf_keras.models:* Model
tf_keras.src.applications.vgg16:* WEIGHTS_PATH WEIGHTS_PATH_NO_TOP
tf_keras.src.applications.xception:* TF_WEIGHTS_PATH TF_WEIGHTS_PATH_NO_TOP
tf_keras.src.utils.layer_utils layer_utils
tf_keras.utils:* get_file get_source_inputs
[applications.vgg19]
fitdoctor.observe.keras2.formerly:* convert_all_kernels_in_model
tf_keras.backend K
tf_keras.layers:* Conv2D Convolution2D Dense Flatten GlobalAveragePooling2D GlobalMaxPooling2D Input MaxPooling2D
tf_keras.models:* Model
tf_keras.src.applications.vgg19:* WEIGHTS_PATH WEIGHTS_PATH_NO_TOP
tf_keras.src.applications.xception:* TF_WEIGHTS_PATH TF_WEIGHTS_PATH_NO_TOP
tf_keras.src.utils.layer_utils layer_utils
tf_keras.utils:* get_file get_source_inputs
[applications.xception]
tf_keras.backend K
tf_keras.layers layers
tf_keras.layers:* Activation BatchNormalization Conv2D Dense GlobalAveragePooling2D GlobalMaxPooling2D Input MaxPooling2D SeparableConv2D merge
tf_keras.models:* Model
tf_keras.src.applications.xception:* TF_WEIGHTS_PATH TF_WEIGHTS_PATH_NO_TOP imagenet_utils
tf_keras.utils:* get_file get_source_inputs
[backend]
builtins:slice py_slice
fitdoctor.observe.keras2.formerly:* atrous_conv2d eager symbolic
tensorflow:* control_dependencies is_tensor size slice
tensorflow:is_symbolic_tensor is_symbolic
tf_keras.backend:conv2d_transpose deconv2d
tf_keras.backend:int_shape get_variable_shape
tf_keras.backend:less lesser
tf_keras.backend:less_equal lesser_equal
tf_keras.backend:stack pack
tf_keras.initializers:* identity
tf_keras.src.backend:* conv3d_transpose get_graph get_session is_placeholder logsumexp separable_conv1d set_session
tf_keras.src.utils.conv_utils:* normalize_data_format
tf_keras.src.utils.generic_utils:* has_arg
[backend.load_backend]
builtins:slice py_slice
fitdoctor.observe.keras2.formerly:* eager symbolic
tensorflow:* control_dependencies is_tensor size slice
tensorflow:is_symbolic_tensor is_symbolic
tf_keras.backend backend
tf_keras.backend:* abs all any arange argmax argmin batch_dot batch_flatten batch_get_value batch_set_value bias_add binary_crossentropy cast cast_to_floatx categorical_crossentropy clear_session clip constant conv1d conv2d conv2d_transpose conv3d cos count_params ctc_batch_cost ctc_decode ctc_label_dense_to_sparse cumprod cumsum depthwise_conv2d dropout dtype elu epsilon equal eval exp expand_dims eye flatten floatx foldl foldr function gather get_uid get_value gradients greater greater_equal hard_sigmoid image_data_format in_test_phase in_top_k in_train_phase int_shape is_keras_tensor is_sparse l2_normalize learning_phase less less_equal local_conv1d local_conv2d log manual_variable_initialization map_fn max mean min moving_average_update name_scope ndim normalize_batch_in_training not_equal one_hot ones ones_like permute_dimensions placeholder pool2d pool3d pow print_tensor prod random_binomial random_normal random_normal_variable random_uniform random_uniform_variable relu repeat repeat_elements reset_uids reshape resize_images resize_volumes reverse rnn round separable_conv2d set_epsilon set_floatx set_image_data_format set_learning_phase set_value shape sigmoid sign sin softmax softplus softsign sparse_categorical_crossentropy spatial_2d_padding spatial_3d_padding sqrt square squeeze stack std stop_gradient sum switch tanh temporal_padding tile to_dense transpose truncated_normal update update_add update_sub var variable zeros zeros_like
tf_keras.backend:int_shape get_variable_shape
tf_keras.initializers:* identity
tf_keras.layers:* batch_normalization concatenate dot maximum minimum
tf_keras.src.backend:* conv3d_transpose get_graph get_session is_placeholder logsumexp separable_conv1d set_session
tf_keras.src.utils.conv_utils:* normalize_data_format
[backend.numpy_backend]
builtins:slice py_slice
tensorflow:* slice
tf_keras.backend:* abs all any arange argmax argmin batch_dot batch_flatten bias_add binary_crossentropy categorical_crossentropy clip constant conv1d conv2d conv2d_transpose conv3d cos count_params ctc_decode cumprod cumsum depthwise_conv2d dropout dtype elu equal eval exp expand_dims eye flatten floatx gather get_value greater greater_equal hard_sigmoid in_test_phase in_top_k in_train_phase int_shape l2_normalize learning_phase less less_equal log max mean min ndim not_equal one_hot ones ones_like permute_dimensions pool2d pool3d pow print_tensor prod random_normal_variable random_uniform_variable relu repeat repeat_elements reshape resize_images resize_volumes reverse rnn round separable_conv2d set_learning_phase sigmoid sign sin softmax softplus softsign spatial_2d_padding spatial_3d_padding sqrt square squeeze stack std sum switch tanh temporal_padding tile transpose var variable zeros zeros_like
tf_keras.backend:int_shape get_variable_shape
tf_keras.layers:* batch_normalization concatenate dot maximum minimum
tf_keras.src.backend:* conv3d_transpose logsumexp separable_conv1d
tf_keras.utils:* to_categorical
[callbacks]
tf_keras.backend K
tf_keras.layers:* Layer
tf_keras.src.callbacks:* requests
tf_keras.src.engine.training_utils_v1:* standardize_input_data
tf_keras.utils:* Progbar
[callbacks.callbacks]
tf_keras.backend K
tf_keras.callbacks:* BaseLogger CSVLogger Callback CallbackList EarlyStopping History LambdaCallback LearningRateScheduler ModelCheckpoint ProgbarLogger ReduceLROnPlateau RemoteMonitor TerminateOnNaN
tf_keras.src.callbacks:* requests
tf_keras.src.engine.training_utils_v1:* standardize_input_data
tf_keras.utils:* Progbar
[callbacks.tensorboard_v1]
tf_keras.backend K
tf_keras.callbacks:* Callback TensorBoard
tf_keras.src.engine.training_utils_v1:* standardize_input_data
[callbacks.tensorboard_v2]
tf_keras.callbacks:* TensorBoard
[constraints]
tf_keras.backend K
tf_keras.constraints:MaxNorm maxnorm
tf_keras.constraints:NonNeg nonneg
tf_keras.constraints:UnitNorm unitnorm
tf_keras.utils:* deserialize_keras_object serialize_keras_object
[datasets.boston_housing]
tf_keras.utils:* get_file
[datasets.cifar]
tf_keras.src.datasets.cifar:* load_batch
[datasets.cifar10]
tf_keras.backend K
tf_keras.src.datasets.cifar:* load_batch
tf_keras.utils:* get_file
[datasets.cifar100]
tf_keras.backend K
tf_keras.src.datasets.cifar:* load_batch
tf_keras.utils:* get_file
[datasets.data_utils]
tf_keras.src.utils.data_utils:* urlretrieve validate_file
tf_keras.utils:* Progbar get_file
[datasets.fashion_mnist]
tf_keras.utils:* get_file
[datasets.imdb]
tf_keras.utils:* get_file
[datasets.mnist]
tf_keras.utils:* get_file
[datasets.reuters]
tf_keras.utils:* get_file
[engine.input_layer]
fitdoctor.observe.keras2.formerly:* interfaces
tf_keras.backend K
tf_keras.layers:* Input InputLayer Layer
tf_keras.src.engine.node:* Node
[engine.network]
fitdoctor.observe.keras2.formerly:* interfaces
tf_keras.backend K
tf_keras.layers:* InputLayer Layer
tf_keras.models:Model Network
tf_keras.saving saving
tf_keras.src.engine.node:* Node
tf_keras.src.engine.training:* h5py
tf_keras.src.utils.generic_utils:* has_arg to_list
tf_keras.src.utils.io_utils:* ask_to_proceed_with_overwrite
tf_keras.utils:* get_source_inputs
[engine.saving]
tf_keras.backend K
tf_keras.losses losses
tf_keras.models:* load_model model_from_config model_from_json model_from_yaml save_model
tf_keras.optimizers optimizers
tf_keras.src.saving.legacy.hdf5_format:* HDF5_OBJECT_HEADER_LIMIT h5py load_attributes_from_hdf5_group load_weights_from_hdf5_group load_weights_from_hdf5_group_by_name preprocess_weights_for_loading save_attributes_to_hdf5_group save_weights_to_hdf5_group
tf_keras.src.utils.conv_utils conv_utils
tf_keras.src.utils.io_utils:* ask_to_proceed_with_overwrite
tf_keras.src.utils.tf_inspect:* getargspec
[engine.sequential]
tf_keras.backend K
tf_keras.layers:* Input InputLayer Layer
tf_keras.models:* Model Sequential
tf_keras.src.engine.sequential:* layer_module
tf_keras.src.engine.training:* h5py
[engine.training_arrays]
fitdoctor.observe.former.functions:* slice_arrays
tf_keras.backend K
tf_keras.callbacks cbks
tf_keras.src.engine.training_utils_v1:* batch_shuffle check_num_samples should_run_validation
tf_keras.src.utils.generic_utils:* make_batches to_list
tf_keras.utils:* Progbar
[engine.training_generator]
tf_keras.backend K
tf_keras.callbacks cbks
tf_keras.src.engine.training_utils_v1:* should_run_validation
tf_keras.src.utils.data_utils:* iter_sequence_infinite
tf_keras.src.utils.generic_utils:* to_list
tf_keras.utils:* GeneratorEnqueuer OrderedEnqueuer Progbar Sequence
[engine.training_utils]
tf_keras.backend K
tf_keras.losses losses
tf_keras.metrics metrics_module
tf_keras.src.engine.training_utils:* get_input_shape_and_dtype get_static_batch_size
tf_keras.src.engine.training_utils_v1:* batch_shuffle call_metric_function check_generator_arguments check_loss_and_target_compatibility check_num_samples collect_per_output_metric_info get_loss_function get_metric_function get_metric_name prepare_loss_functions prepare_loss_weights should_run_validation standardize_class_weights standardize_input_data standardize_sample_or_class_weights standardize_sample_weights standardize_single_array standardize_weights
tf_keras.src.utils.data_utils:* is_generator_or_sequence iter_sequence_infinite
tf_keras.src.utils.generic_utils generic_utils
tf_keras.src.utils.generic_utils:* make_batches to_list
tf_keras.src.utils.losses_utils losses_utils
tf_keras.utils:* Sequence
[initializers]
fitdoctor.observe.former.functions:* normal uniform
fitdoctor.observe.keras2.formerly:* get_fans
tf_keras.backend K
tf_keras.initializers:Ones one
tf_keras.initializers:Zeros zero
tf_keras.utils:* deserialize_keras_object serialize_keras_object
[layers]
fitdoctor.observe.keras2.formerly:* AtrousConv1D AtrousConv2D AtrousConvolution1D AtrousConvolution2D Deconv2D Deconv3D Deconvolution2D Deconvolution3D Highway MaxoutDense ParametricSoftplus TimeDistributedDense interfaces
tf_keras.activations activations
tf_keras.backend K
tf_keras.backend:* count_params
tf_keras.constraints constraints
tf_keras.initializers initializations initializers
tf_keras.models:Model Container Network
tf_keras.regularizers regularizers
tf_keras.regularizers:L1L2 ActivityRegularizer
tf_keras.src.engine.node:* Node
tf_keras.src.engine.training:* h5py
tf_keras.src.layers.rnn.cudnn_gru:* CuDNNGRU
tf_keras.src.layers.rnn.cudnn_lstm:* CuDNNLSTM
tf_keras.src.saving.legacy.hdf5_format:* HDF5_OBJECT_HEADER_LIMIT load_weights_from_hdf5_group load_weights_from_hdf5_group_by_name preprocess_weights_for_loading save_weights_to_hdf5_group
tf_keras.src.utils.conv_utils conv_utils
tf_keras.src.utils.conv_utils:* conv_input_length conv_output_length
tf_keras.src.utils.generic_utils:* func_dump func_load has_arg is_all_none to_list
tf_keras.src.utils.io_utils:* ask_to_proceed_with_overwrite
tf_keras.utils:* deserialize_keras_object get_source_inputs
[legacy.interfaces]
fitdoctor.observe.keras2.formerly:symbolic legacy_add_weight_support legacy_batchnorm_support legacy_conv1d_support legacy_conv2d_support legacy_conv3d_support legacy_convlstm2d_support legacy_cropping2d_support legacy_cropping3d_support legacy_deconv2d_support legacy_dense_support legacy_dropout_support legacy_embedding_support legacy_gaussiandropout_support legacy_gaussiannoise_support legacy_generator_methods_support legacy_get_updates_support legacy_global_pooling_support legacy_input_support legacy_lambda_support legacy_model_constructor_support legacy_pooling1d_support legacy_pooling2d_support legacy_pooling3d_support legacy_prelu_support legacy_recurrent_support legacy_separable_conv2d_support legacy_spatialdropout1d_support legacy_spatialdropoutNd_support legacy_upsampling1d_support legacy_upsampling2d_support legacy_upsampling3d_support legacy_zeropadding2d_support legacy_zeropadding3d_support
[legacy.models]
tf_keras.backend K
tf_keras.layers:* InputLayer Layer Merge
tf_keras.models:* Model
[losses]
tf_keras.backend K
tf_keras.losses:cosine_similarity cosine cosine_proximity
tf_keras.src.losses:* LossFunctionWrapper huber_loss is_categorical_crossentropy
tf_keras.src.utils.losses_utils losses_utils
tf_keras.utils:* deserialize_keras_object serialize_keras_object
[metrics]
fitdoctor.observe.keras2.formerly:* fbeta_score fmeasure matthews_correlation precision recall
fitdoctor.observe.keras2.formerly:fmeasure f1score fscore
tf_keras.backend K
tf_keras.layers:* Layer
tf_keras.losses:* categorical_hinge cosine_similarity
tf_keras.losses:cosine_similarity cosine cosine_proximity
tf_keras.src.metrics.accuracy_metrics:* accuracy
tf_keras.src.metrics.base_metric:* Reduce clone_metric clone_metrics
tf_keras.src.metrics.confusion_metrics:* SensitivitySpecificityBase
tf_keras.src.utils.losses_utils losses_utils
tf_keras.src.utils.metrics_utils metrics_utils
tf_keras.utils:* deserialize_keras_object serialize_keras_object
[models]
fitdoctor.observe.former.functions:* slice_arrays
fitdoctor.observe.former.functions:slice_arrays slice_X
fitdoctor.observe.keras2.formerly:* interfaces
tf_keras.backend K
tf_keras.backend:* count_params
tf_keras.callbacks cbks
tf_keras.layers:* Input InputLayer Layer Merge
tf_keras.losses losses objectives
tf_keras.metrics metrics_module
tf_keras.models topology
tf_keras.models:Model Container Network
tf_keras.optimizers optimizers
tf_keras.optimizers:deserialize optimizer_from_config
tf_keras.src.engine.node:* Node
tf_keras.src.engine.training:* h5py
tf_keras.src.engine.training_utils training_utils
tf_keras.src.engine.training_utils_v1:* batch_shuffle check_array_lengths check_loss_and_target_compatibility standardize_class_weights standardize_input_data standardize_sample_or_class_weights standardize_sample_weights standardize_weights
tf_keras.src.premade_models.wide_deep:* layer_module
tf_keras.src.utils.generic_utils:* has_arg make_batches to_list
tf_keras.src.utils.io_utils:* ask_to_proceed_with_overwrite
tf_keras.src.utils.losses_utils losses_utils
tf_keras.utils:* GeneratorEnqueuer OrderedEnqueuer Progbar Sequence get_source_inputs
[optimizers]
fitdoctor.observe.keras2.formerly:* clip_norm interfaces
tf_keras.backend K
tf_keras.optimizers:deserialize optimizer_from_config
tf_keras.src.optimizers.optimizer_v1:* TFOptimizer
tf_keras.utils:* deserialize_keras_object get_custom_objects serialize_keras_object
[preprocessing]
tf_keras.backend backend
tf_keras.utils utils
[preprocessing.image]
fitdoctor.observe.keras2.formerly:* list_pictures
tf_keras.backend K backend
tf_keras.src.preprocessing.image:* DataFrameIterator flip_axis transform_matrix_offset_center
tf_keras.src.utils.generic_utils generic_utils
tf_keras.src.utils.image_utils:* pil_image
tf_keras.utils utils
tf_keras.utils:* Sequence
[preprocessing.sequence]
tf_keras.utils utils
tf_keras.utils:* Sequence
[preprocessing.text]
fitdoctor.observe.keras2.formerly:* base_filter
[regularizers]
tf_keras.backend K
tf_keras.regularizers:L1 activity_l1
tf_keras.regularizers:L1L2 ActivityRegularizer L1L2Regularizer WeightRegularizer activity_l1l2 l1l2
tf_keras.regularizers:L2 activity_l2
tf_keras.utils:* deserialize_keras_object serialize_keras_object
[utils]
fitdoctor.observe.former.functions:* probas_to_classes slice_arrays
fitdoctor.observe.former.functions:probas_to_classes categorical_probas_to_classes
fitdoctor.observe.keras2.formerly:* AtrousConv1D AtrousConv2D AtrousConvolution1D AtrousConvolution2D Deconv2D Deconvolution2D Highway MaxoutDense ParametricSoftplus TimeDistributedDense convert_all_kernels_in_model multi_gpu_model
tf_keras.activations activations
tf_keras.backend K
tf_keras.backend:* count_params
tf_keras.constraints constraints
tf_keras.initializers initializations
tf_keras.layers:* Activation ActivityRegularization AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional Conv1D Conv2D Conv3D ConvLSTM2D Convolution1D Convolution2D Convolution3D Cropping1D Cropping2D Cropping3D Dense Dropout ELU Embedding Flatten GRU GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D Input InputLayer InputSpec LSTM Lambda Layer LeakyReLU LocallyConnected1D LocallyConnected2D Masking MaxPooling1D MaxPooling2D MaxPooling3D Merge PReLU Permute RepeatVector Reshape SeparableConv2D SeparableConvolution2D SimpleRNN SpatialDropout1D SpatialDropout2D SpatialDropout3D ThresholdedReLU TimeDistributed UpSampling1D UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D concatenate merge
tf_keras.layers:deserialize layer_from_config
tf_keras.models:* Model Sequential
tf_keras.regularizers regularizers
tf_keras.regularizers:L1L2 ActivityRegularizer
tf_keras.src.engine.training:* h5py
tf_keras.src.metrics.accuracy_metrics:* accuracy
tf_keras.src.saving.legacy.hdf5_format:* HDF5_OBJECT_HEADER_LIMIT
tf_keras.src.utils.conv_utils conv_utils
tf_keras.src.utils.conv_utils:* conv_input_length conv_output_length
tf_keras.src.utils.data_utils:* get_index init_pool init_pool_generator next_sample urlretrieve validate_file
tf_keras.src.utils.generic_utils:* check_for_unexpected_keys func_dump func_load has_arg is_all_none to_list
tf_keras.src.utils.io_utils:* ask_to_proceed_with_overwrite
tf_keras.src.utils.layer_utils:* convert_dense_weights_data_format print_summary
tf_keras.src.utils.losses_utils losses_utils
tf_keras.src.utils.metrics_utils metrics_utils
tf_keras.src.utils.tf_inspect:* getargspec
tf_keras.src.utils.vis_utils:* add_edge is_wrapped_model
tf_keras.utils:plot_model plot
[utils.conv_utils]
tf_keras.backend K
tf_keras.src.utils.conv_utils:* conv_input_length conv_output_length normalize_data_format normalize_padding normalize_tuple
[utils.losses_utils]
tf_keras.backend K
tf_keras.losses:* Reduction
tf_keras.src.utils.losses_utils:* compute_weighted_loss reduce_weighted_loss squeeze_or_expand_dimensions
[utils.metrics_utils]
tf_keras.backend K
tf_keras.losses:* Reduction
tf_keras.src.utils.generic_utils:* to_list
tf_keras.src.utils.losses_utils losses_utils
tf_keras.src.utils.metrics_utils:* AUCCurve AUCSummationMethod ConfusionMatrix NEG_INF assert_thresholds_range parse_init_thresholds result_wrapper update_confusion_matrix_variables update_state_wrapper
[utils.multi_gpu_utils]
fitdoctor.observe.keras2.formerly:* multi_gpu_model
tf_keras.backend K
tf_keras.layers:* Lambda concatenate
tf_keras.models:* Model clone_model
tf_keras.src.utils.generic_utils:* to_list
[utils.test_utils]
tf_keras.backend K
tf_keras.layers:* Input
tf_keras.models:* Model Sequential model_from_json
tf_keras.src.testing_infra.test_utils:* get_test_data layer_test
tf_keras.src.utils.generic_utils:* has_arg
""")  # noqa: E501

ARGUMENTS: Final = _arguments("""
AveragePooling1D: border_mode=padding pool_length=pool_size stride=strides
AveragePooling2D: border_mode=padding dim_ordering=data_format
AveragePooling3D: border_mode=padding dim_ordering=data_format
BatchNormalization: beta_init=beta_initializer gamma_init=gamma_initializer
Container: input=inputs output=outputs
Conv1D: W_constraint=kernel_constraint W_regularizer=kernel_regularizer b_constraint=bias_constraint b_regularizer=bias_regularizer bias=use_bias border_mode=padding filter_length=kernel_size init=kernel_initializer nb_filter=filters subsample_length=strides
Conv2D: W_constraint=kernel_constraint W_regularizer=kernel_regularizer b_constraint=bias_constraint b_regularizer=bias_regularizer bias=use_bias border_mode=padding dim_ordering=data_format init=kernel_initializer nb_filter=filters subsample=strides
Conv2DTranspose: W_constraint=kernel_constraint W_regularizer=kernel_regularizer b_constraint=bias_constraint b_regularizer=bias_regularizer bias=use_bias border_mode=padding dim_ordering=data_format init=kernel_initializer nb_filter=filters subsample=strides
Conv3D: W_constraint=kernel_constraint W_regularizer=kernel_regularizer b_constraint=bias_constraint b_regularizer=bias_regularizer bias=use_bias border_mode=padding dim_ordering=data_format init=kernel_initializer nb_filter=filters subsample=strides
ConvLSTM2D: U_regularizer=recurrent_regularizer W_regularizer=kernel_regularizer b_regularizer=bias_regularizer bias=use_bias border_mode=padding dim_ordering=data_format dropout_U=recurrent_dropout dropout_W=dropout init=kernel_initializer inner_activation=recurrent_activation inner_init=recurrent_initializer nb_filter=filters subsample=strides
Cropping2D: dim_ordering=data_format
Cropping3D: dim_ordering=data_format
Dense: W_constraint=kernel_constraint W_regularizer=kernel_regularizer b_constraint=bias_constraint b_regularizer=bias_regularizer bias=use_bias init=kernel_initializer output_dim=units
Dropout: p=rate
Embedding: W_constraint=embeddings_constraint W_regularizer=embeddings_regularizer init=embeddings_initializer
GRU: U_regularizer=recurrent_regularizer W_regularizer=kernel_regularizer b_regularizer=bias_regularizer consume_less=implementation dropout_U=recurrent_dropout dropout_W=dropout init=kernel_initializer inner_activation=recurrent_activation inner_init=recurrent_initializer output_dim=units
GaussianDropout: p=rate
GaussianNoise: sigma=stddev
InputLayer: input_dtype=dtype
LSTM: U_regularizer=recurrent_regularizer W_regularizer=kernel_regularizer b_regularizer=bias_regularizer consume_less=implementation dropout_U=recurrent_dropout dropout_W=dropout init=kernel_initializer inner_activation=recurrent_activation inner_init=recurrent_initializer output_dim=units
LocallyConnected1D: W_constraint=kernel_constraint W_regularizer=kernel_regularizer b_constraint=bias_constraint b_regularizer=bias_regularizer bias=use_bias border_mode=padding filter_length=kernel_size init=kernel_initializer nb_filter=filters subsample_length=strides
LocallyConnected2D: W_constraint=kernel_constraint W_regularizer=kernel_regularizer b_constraint=bias_constraint b_regularizer=bias_regularizer bias=use_bias border_mode=padding dim_ordering=data_format init=kernel_initializer nb_filter=filters subsample=strides
MaxPooling1D: border_mode=padding pool_length=pool_size stride=strides
MaxPooling2D: border_mode=padding dim_ordering=data_format
MaxPooling3D: border_mode=padding dim_ordering=data_format
Model.evaluate_generator: max_q_size=max_queue_size nb_epoch=epochs nb_val_samples=validation_steps nb_worker=workers pickle_safe=use_multiprocessing samples_per_epoch=steps_per_epoch val_samples=steps
Model.fit_generator: max_q_size=max_queue_size nb_epoch=epochs nb_val_samples=validation_steps nb_worker=workers pickle_safe=use_multiprocessing samples_per_epoch=steps_per_epoch val_samples=steps
Model.predict_generator: max_q_size=max_queue_size nb_epoch=epochs nb_val_samples=validation_steps nb_worker=workers pickle_safe=use_multiprocessing samples_per_epoch=steps_per_epoch val_samples=steps
Network: input=inputs output=outputs
PReLU: init=alpha_initializer
SeparableConv2D: b_constraint=bias_constraint b_regularizer=bias_regularizer bias=use_bias border_mode=padding dim_ordering=data_format nb_filter=filters subsample=strides
Sequential.evaluate_generator: max_q_size=max_queue_size nb_epoch=epochs nb_val_samples=validation_steps nb_worker=workers pickle_safe=use_multiprocessing samples_per_epoch=steps_per_epoch val_samples=steps
Sequential.fit_generator: max_q_size=max_queue_size nb_epoch=epochs nb_val_samples=validation_steps nb_worker=workers pickle_safe=use_multiprocessing samples_per_epoch=steps_per_epoch val_samples=steps
Sequential.predict_generator: max_q_size=max_queue_size nb_epoch=epochs nb_val_samples=validation_steps nb_worker=workers pickle_safe=use_multiprocessing samples_per_epoch=steps_per_epoch val_samples=steps
SimpleRNN: U_regularizer=recurrent_regularizer W_regularizer=kernel_regularizer b_regularizer=bias_regularizer consume_less=implementation dropout_U=recurrent_dropout dropout_W=dropout init=kernel_initializer inner_activation=recurrent_activation inner_init=recurrent_initializer output_dim=units
SpatialDropout1D: p=rate
SpatialDropout2D: dim_ordering=data_format p=rate
SpatialDropout3D: dim_ordering=data_format p=rate
UpSampling1D: length=size
UpSampling2D: dim_ordering=data_format
UpSampling3D: dim_ordering=data_format
ZeroPadding2D: dim_ordering=data_format
ZeroPadding3D: dim_ordering=data_format
_GlobalPooling2D: dim_ordering=data_format
_GlobalPooling3D: dim_ordering=data_format
""")  # noqa: E501
"""Classes and methods -> names that arguments had in Keras 1 -> those of Keras 2."""

"""What functions of libraries are given without a name, in its order.

Written by `python -m benchmarks.catalogue` from the installed libraries; not by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> Mapping[str, tuple[str, ...]]:
    rows = (line.split() for line in text.splitlines())
    return {name: tuple(told) for name, *told in filter(None, rows)}


KERAS: Final = _table("""
Activation activation
ActivityRegularization l1 l2
Adadelta learning_rate rho epsilon weight_decay clipnorm clipvalue global_clipnorm use_ema
Adafactor learning_rate beta_2_decay epsilon_1 epsilon_2 clip_threshold relative_step weight_decay
Adagrad learning_rate initial_accumulator_value epsilon weight_decay clipnorm clipvalue
Adam learning_rate beta_1 beta_2 epsilon amsgrad weight_decay clipnorm clipvalue global_clipnorm
AdamW learning_rate weight_decay beta_1 beta_2 epsilon amsgrad clipnorm clipvalue global_clipnorm
Adamax learning_rate beta_1 beta_2 epsilon weight_decay clipnorm clipvalue global_clipnorm use_ema
AlphaDropout rate noise_shape seed
AveragePooling1D pool_size strides padding data_format name
AveragePooling2D pool_size strides padding data_format name
AveragePooling3D pool_size strides padding data_format name
BatchNormalization axis momentum epsilon center scale beta_initializer gamma_initializer
Bidirectional layer merge_mode weights backward_layer
CenterCrop height width data_format
Concatenate axis
Conv1D filters kernel_size strides padding data_format dilation_rate groups activation use_bias
Conv2D filters kernel_size strides padding data_format dilation_rate groups activation use_bias
Conv2DTranspose filters kernel_size strides padding output_padding data_format dilation_rate
Conv3D filters kernel_size strides padding data_format dilation_rate groups activation use_bias
ConvNeXtBase include_top include_preprocessing weights input_tensor input_shape pooling classes
ConvNeXtLarge include_top include_preprocessing weights input_tensor input_shape pooling classes
ConvNeXtSmall include_top include_preprocessing weights input_tensor input_shape pooling classes
ConvNeXtTiny include_top include_preprocessing weights input_tensor input_shape pooling classes
ConvNeXtXLarge include_top include_preprocessing weights input_tensor input_shape pooling classes
Cropping2D cropping data_format
Dense units activation use_bias kernel_initializer bias_initializer kernel_regularizer
DenseNet121 include_top weights input_tensor input_shape pooling classes classifier_activation name
DenseNet169 include_top weights input_tensor input_shape pooling classes classifier_activation name
DenseNet201 include_top weights input_tensor input_shape pooling classes classifier_activation name
DepthwiseConv2D kernel_size strides padding depth_multiplier data_format dilation_rate activation
Dropout rate noise_shape seed
ELU alpha
EarlyStopping monitor min_delta patience verbose mode baseline restore_best_weights
EfficientNetB0 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetB1 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetB2 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetB3 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetB4 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetB5 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetB6 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetB7 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetV2B0 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetV2B1 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetV2B2 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetV2B3 include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetV2L include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetV2M include_top weights input_tensor input_shape pooling classes classifier_activation
EfficientNetV2S include_top weights input_tensor input_shape pooling classes classifier_activation
Embedding input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint
Flatten data_format
Ftrl learning_rate learning_rate_power initial_accumulator_value l1_regularization_strength
GRU units activation recurrent_activation use_bias kernel_initializer recurrent_initializer
GaussianDropout rate seed
GaussianNoise stddev seed
GlobalAveragePooling1D data_format keepdims
GlobalAveragePooling2D data_format keepdims
GlobalMaxPooling1D data_format keepdims
GlobalMaxPooling2D data_format keepdims
GroupNormalization groups axis epsilon center scale beta_initializer gamma_initializer
InceptionResNetV2 include_top weights input_tensor input_shape pooling classes
InceptionV3 include_top weights input_tensor input_shape pooling classes classifier_activation name
InputLayer shape batch_size dtype sparse ragged batch_shape input_tensor optional name
LSTM units activation recurrent_activation use_bias kernel_initializer recurrent_initializer
Lamb learning_rate beta_1 beta_2 epsilon weight_decay clipnorm clipvalue global_clipnorm use_ema
Lambda function output_shape mask arguments
LayerNormalization axis epsilon center scale beta_initializer gamma_initializer beta_regularizer
LeakyReLU negative_slope
LearningRateScheduler schedule verbose
Lion learning_rate beta_1 beta_2 weight_decay clipnorm clipvalue global_clipnorm use_ema
Masking mask_value
MaxPooling1D pool_size strides padding data_format name
MaxPooling2D pool_size strides padding data_format name
MaxPooling3D pool_size strides padding data_format name
MobileNet input_shape alpha depth_multiplier dropout include_top weights input_tensor pooling
MobileNetV2 input_shape alpha include_top weights input_tensor pooling classes
MobileNetV3Large input_shape alpha minimalistic include_top weights input_tensor classes pooling
MobileNetV3Small input_shape alpha minimalistic include_top weights input_tensor classes pooling
ModelCheckpoint filepath monitor verbose save_best_only save_weights_only mode save_freq
Muon learning_rate adam_beta_1 adam_beta_2 adam_weight_decay epsilon weight_decay clipnorm
NASNetLarge input_shape include_top weights input_tensor pooling classes classifier_activation name
NASNetMobile input_shape include_top weights input_tensor pooling classes classifier_activation
Nadam learning_rate beta_1 beta_2 epsilon weight_decay clipnorm clipvalue global_clipnorm use_ema
Normalization axis mean variance invert
PReLU alpha_initializer alpha_regularizer alpha_constraint shared_axes
Permute dims
RMSprop learning_rate rho momentum epsilon centered weight_decay clipnorm clipvalue global_clipnorm
RandomBrightness factor value_range seed
RandomContrast factor value_range seed
RandomCrop height width seed data_format name
RandomFlip mode seed data_format
RandomRotation factor fill_mode interpolation seed fill_value data_format
RandomTranslation height_factor width_factor fill_mode interpolation seed fill_value data_format
RandomZoom height_factor width_factor fill_mode interpolation seed fill_value data_format
ReLU max_value negative_slope threshold
ReduceLROnPlateau monitor factor patience verbose mode min_delta cooldown min_lr
RepeatVector n
ResNet101 include_top weights input_tensor input_shape pooling classes classifier_activation name
ResNet101V2 include_top weights input_tensor input_shape pooling classes classifier_activation name
ResNet152 include_top weights input_tensor input_shape pooling classes classifier_activation name
ResNet152V2 include_top weights input_tensor input_shape pooling classes classifier_activation name
ResNet50 include_top weights input_tensor input_shape pooling classes classifier_activation name
ResNet50V2 include_top weights input_tensor input_shape pooling classes classifier_activation name
Rescaling scale offset
Reshape target_shape
Resizing height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value
SGD learning_rate momentum nesterov weight_decay clipnorm clipvalue global_clipnorm use_ema
SeparableConv2D filters kernel_size strides padding data_format dilation_rate depth_multiplier
SimpleRNN units activation use_bias kernel_initializer recurrent_initializer bias_initializer
Softmax axis
SpatialDropout2D rate data_format seed name dtype
TimeDistributed layer
UpSampling2D size data_format interpolation
VGG16 include_top weights input_tensor input_shape pooling classes classifier_activation name
VGG19 include_top weights input_tensor input_shape pooling classes classifier_activation name
Xception include_top weights input_tensor input_shape pooling classes classifier_activation name
ZeroPadding2D padding data_format
""")

TORCH: Final = _table("""
Adadelta params lr rho eps weight_decay foreach
Adafactor params lr beta2_decay eps d weight_decay
Adagrad params lr lr_decay weight_decay initial_accumulator_value eps foreach
Adam params lr betas eps weight_decay amsgrad
AdamW params lr betas eps weight_decay amsgrad
Adamax params lr betas eps weight_decay foreach
BCELoss weight size_average reduce reduction
BCEWithLogitsLoss weight size_average reduce reduction pos_weight
CTCLoss blank reduction zero_infinity
ConstantLR optimizer factor total_iters last_epoch
CosineAnnealingLR optimizer T_max eta_min last_epoch
CosineAnnealingWarmRestarts optimizer T_0 T_mult eta_min last_epoch
CosineEmbeddingLoss margin size_average reduce reduction
CrossEntropyLoss weight size_average ignore_index reduce reduction label_smoothing
CyclicLR optimizer base_lr max_lr step_size_up step_size_down mode gamma scale_fn scale_mode
ExponentialLR optimizer gamma last_epoch
HingeEmbeddingLoss margin size_average reduce reduction
HuberLoss reduction delta
KLDivLoss size_average reduce reduction log_target
L1Loss size_average reduce reduction
LambdaLR optimizer lr_lambda last_epoch
LinearLR optimizer start_factor end_factor total_iters last_epoch
MSELoss size_average reduce reduction
MarginRankingLoss margin size_average reduce reduction
MultiLabelSoftMarginLoss weight size_average reduce reduction
MultiStepLR optimizer milestones gamma last_epoch
MultiplicativeLR optimizer lr_lambda last_epoch
Muon params lr weight_decay momentum nesterov ns_coefficients eps ns_steps adjust_lr_fn
NLLLoss weight size_average ignore_index reduce reduction
OneCycleLR optimizer max_lr total_steps epochs steps_per_epoch pct_start anneal_strategy
PoissonNLLLoss log_input full size_average eps reduce reduction
PolynomialLR optimizer total_iters power last_epoch
RMSprop params lr alpha eps weight_decay momentum centered capturable foreach maximize
ReduceLROnPlateau optimizer mode factor patience threshold threshold_mode cooldown min_lr eps
SGD params lr momentum dampening weight_decay nesterov
SequentialLR optimizer schedulers milestones last_epoch
SmoothL1Loss size_average reduce reduction beta
SoftMarginLoss size_average reduce reduction
StepLR optimizer step_size gamma last_epoch
TripletMarginLoss margin p eps swap size_average reduce reduction
binary_cross_entropy input target weight size_average reduce reduction
binary_cross_entropy_with_logits input target weight size_average reduce reduction pos_weight
cosine_embedding_loss input1 input2 target margin size_average reduce reduction
cross_entropy input target weight size_average ignore_index reduce reduction label_smoothing
ctc_loss log_probs targets input_lengths target_lengths blank reduction zero_infinity
gaussian_nll_loss input target var full eps reduction
hinge_embedding_loss input target margin size_average reduce reduction
huber_loss input target reduction delta weight
kl_div input target size_average reduce reduction log_target
l1_loss input target size_average reduce reduction weight
margin_ranking_loss input1 input2 target margin size_average reduce reduction
mse_loss input target size_average reduce reduction weight
multilabel_soft_margin_loss input target weight size_average reduce reduction
nll_loss input target weight size_average ignore_index reduce reduction
poisson_nll_loss input target log_input full size_average eps reduce reduction
smooth_l1_loss input target size_average reduce reduction beta
soft_margin_loss input target size_average reduce reduction
triplet_margin_loss anchor positive negative margin p eps swap size_average reduce reduction
""")

"""The real models that must compile, run exactly and keep their sizes."""

MODELS = (
    "hello_world_int8",
    "micro_speech",
    "person_detect",
    "kws",
    "vww_96",
    "resnet_ic",
    "anomaly_ad01",
    "strww",
    "gearbox_fault",
    "magic_wand",
    "mobilenet96_1000",
    "fomo_face",
    "tinyengine_detection",
    "mcunet_vww",
)

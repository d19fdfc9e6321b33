# The addon of engine `torch`. Compiled by scripts/setup.mjs against the PyTorch whose folder is given as `torch`;
# `runpath` is where its libraries will be found at run time.
{
  'variables': {
    'variables': {'torch%': ''},
    'torch%': '<(torch)',
    'runpath%': '<(torch)/lib',
  },
  'targets': [{
    'target_name': 'osvos_torch',
    'sources': [
      'src/addon.cc',
      'src/call.cc',
      'src/convolution.cc',
      'src/few-classes.cc',
      'src/layout.cc',
      'src/loss.cc',
      'src/memory-read.cc',
      'src/memory/loops.cc',
      'src/memory/memory.cc',
      'src/memory/on-device.cc',
      'src/memory/on-processor.cc',
      'src/optimizer.cc',
      'src/pointwise.cc',
      'src/pool.cc',
      'src/pooling.cc',
      'src/products.cc',
      'src/reductions.cc',
      'src/resize.cc',
      'src/store.cc',
      'src/winograd/avx2.cc',
      'src/winograd/avx512.cc',
      'src/winograd/choice.cc',
      'src/winograd/convolve.cc',
      'src/winograd/filter.cc',
      'src/winograd/filter-gradient.cc',
      'src/winograd/kernels.cc',
      'src/winograd/plain.cc',
    ],
    'include_dirs': [
      '<!@(node -p "require(\'node-addon-api\').include_dir")',
      '<(torch)/include',
      '<(torch)/include/torch/csrc/api/include',
    ],
    'defines': ['NAPI_VERSION=8', 'NAPI_CPP_EXCEPTIONS', 'NODE_ADDON_API_DISABLE_DEPRECATED'],
    'cflags': ['-fopenmp', '-Wno-unused-parameter'],
    'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17'],
    'cflags_cc': ['-std=gnu++20', '-O3', '-fvisibility=hidden', '-Wno-deprecated-declarations', '-Wno-maybe-uninitialized'],
    'xcode_settings': {
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'GCC_ENABLE_CPP_RTTI': 'YES',
      'CLANG_CXX_LANGUAGE_STANDARD': 'gnu++20',
      'CLANG_CXX_LIBRARY': 'libc++',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
    },
    'library_dirs': ['<(torch)/lib'],
    # quoted for the shell
    'libraries': ['-lc10', '-ltorch_cpu', '-ltorch', '-Wl,-rpath,\'<(runpath)\''],
    'conditions': [
      # libraries of a card register themselves when they are loaded: nothing in the addon names them
      ['OS=="linux"', {'ldflags': ['-Wl,--no-as-needed']}],
    ],
  }],
}

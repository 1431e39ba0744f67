"""Unaligned big- and little-endian loads, a 64x64 multiply-fold and a prefetch for the compiled kernels.

Compiled, each is one or two machine instructions.  None checks bounds: the caller has compared the
offset with the end of what was captured.  With ``NUMBA_DISABLE_JIT=1`` the same names are plain
Python, so that every kernel also runs uncompiled and numpy's own bounds checks are in force.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
_MASK = (1 << 64) - 1


def _compiled_load(bits: int, *, swap: bool, signed: bool) -> Any:
    """An intrinsic ``f(buffer, offset)``: *bits* at any alignment, as int64 or (64 bits only) uint64."""

    @intrinsic
    def load(_context: Any, buffer: Any, offset: Any) -> Any:
        signature = (types.int64 if signed else types.uint64)(buffer, types.int64)

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            array = context.make_array(sig.args[0])(context, builder, args[0])
            place = builder.gep(array.data, [args[1]])
            value = builder.load(builder.bitcast(place, ir.IntType(bits).as_pointer()))
            value.align = 1
            if swap:
                value = builder.bswap(value)
            return builder.zext(value, ir.IntType(64)) if bits < 64 else value

        del offset
        return signature, generate

    return load


def _plain_load(octets: int, *, swap: bool, signed: bool) -> Callable[[Bytes, int], Any]:
    """The same in Python; raises :class:`IndexError` on any read past the end."""

    def load(buffer: Bytes, offset: int) -> Any:
        if offset < 0 or offset + octets > len(buffer):
            raise IndexError(f"read of {octets} octets at {offset} in {len(buffer)}")
        value = int.from_bytes(buffer[offset : offset + octets].tobytes(), "big" if swap else "little")
        return value if signed else np.uint64(value)

    return load


@intrinsic
def _compiled_fold(_context: Any, left: Any, right: Any) -> Any:
    """High XOR low half of the 128-bit product (the mixing step of wyhash)."""
    del left, right

    def generate(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))
        return builder.xor(high, builder.trunc(product, ir.IntType(64)))

    return types.uint64(types.uint64, types.uint64), generate


def _plain_fold(left: np.uint64, right: np.uint64) -> np.uint64:
    product = int(left) * int(right)
    return np.uint64((product >> 64) ^ (product & _MASK))


@intrinsic
def _compiled_prefetch(_context: Any, array: Any, index: Any) -> Any:
    """Ask for the cache line that holds ``array.flat[index]`` (for writing, high locality)."""
    del index

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        i8p, i32 = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [i8p, i32, i32, i32])
        call = builder.module.globals.get("llvm.prefetch.p0i8") or ir.Function(builder.module, kind, "llvm.prefetch.p0i8")
        place = builder.bitcast(builder.gep(data, [args[1]]), i8p)
        builder.call(call, [place, ir.Constant(i32, 1), ir.Constant(i32, 3), ir.Constant(i32, 1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


def _plain_prefetch(array: Any, index: int) -> None:
    del array, index


if TYPE_CHECKING or config.DISABLE_JIT:
    be16, be32, le32 = (_plain_load(n, swap=s, signed=True) for n, s in ((2, True), (4, True), (4, False)))
    le16 = _plain_load(2, swap=False, signed=True)
    be64, le64 = _plain_load(8, swap=True, signed=False), _plain_load(8, swap=False, signed=False)
    fold, prefetch = _plain_fold, _plain_prefetch
else:
    be16, le16 = _compiled_load(16, swap=True, signed=True), _compiled_load(16, swap=False, signed=True)
    be32, le32 = _compiled_load(32, swap=True, signed=True), _compiled_load(32, swap=False, signed=True)
    be64, le64 = _compiled_load(64, swap=True, signed=False), _compiled_load(64, swap=False, signed=False)
    fold, prefetch = _compiled_fold, _compiled_prefetch

"""Unaligned loads, word access, a 64x64 multiply-fold and a prefetch for the compiled kernels.

Compiled, each is one or two machine instructions on a bare address, which :func:`memory_of` takes from an
array once a batch: arrays handed from function to function would have their references counted every time,
which cost more than the decoding.  None checks bounds: the caller has compared the offset with the end of
what was captured.  With ``NUMBA_DISABLE_JIT=1`` the same names are plain
Python on the array itself, so that every kernel also runs uncompiled and numpy's own bounds checks are in force.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
signed: Callable[[Any], int] = cast("Any", np.int64)  # to a signed 64-bit integer; typed as what it stands for
Memory = Any  # what memory_of() gives: an address when compiled, else the flat array
_MASK = (1 << 64) - 1


def _compiled_load(bits: int, *, swap: bool, signed: bool) -> Any:
    """An intrinsic ``f(memory, offset)``: *bits* at any alignment, as int64 or (64 bits only) uint64."""

    @intrinsic
    def load(_context: Any, memory: Any, offset: Any) -> Any:
        del memory, offset

        def generate(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
            place = builder.inttoptr(builder.add(args[0], args[1]), ir.IntType(bits).as_pointer())
            value = builder.load(place)
            value.align = 1
            if swap:
                value = builder.bswap(value)
            return builder.zext(value, ir.IntType(64)) if bits < 64 else value

        return (types.int64 if signed else types.uint64)(types.int64, types.int64), generate

    return load


@intrinsic
def _compiled_memory(_context: Any, array: Any) -> Any:
    """The address of an array's first element; the array must outlive its use."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.ptrtoint(data, ir.IntType(64))

    return types.int64(array), generate


def _word(builder: Any, args: Any) -> Any:
    return builder.inttoptr(
        builder.add(args[0], builder.shl(args[1], ir.Constant(ir.IntType(64), 3))), ir.IntType(64).as_pointer()
    )


@intrinsic
def _compiled_get(_context: Any, memory: Any, index: Any) -> Any:
    """Word *index* as uint64."""
    del memory, index

    def generate(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.load(_word(builder, args))

    return types.uint64(types.int64, types.int64), generate


@intrinsic
def _compiled_put(_context: Any, memory: Any, index: Any, value: Any) -> Any:
    """Store a word."""
    del memory, index, value

    def generate(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        builder.store(args[2], _word(builder, args))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.uint64), generate


@intrinsic
def _compiled_bump(_context: Any, memory: Any, index: Any) -> Any:
    """Add one to a counter."""
    del memory, index

    def generate(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        place = _word(builder, args)
        builder.store(builder.add(builder.load(place), ir.Constant(ir.IntType(64), 1)), place)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


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
def _compiled_prefetch(_context: Any, memory: Any, index: Any) -> Any:
    """Ask for the cache line of word *index* (for writing, high locality)."""
    del memory, index

    def generate(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        i8p, i32 = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [i8p, i32, i32, i32])
        call = builder.module.globals.get("llvm.prefetch.p0i8") or ir.Function(builder.module, kind, "llvm.prefetch.p0i8")
        place = builder.bitcast(_word(builder, args), i8p)
        builder.call(call, [place, ir.Constant(i32, 1), ir.Constant(i32, 3), ir.Constant(i32, 1)])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


def _plain_memory(array: Any) -> Any:
    return array.reshape(-1)


def _plain_get(memory: Any, index: int) -> np.uint64:
    return np.uint64(memory.view(np.uint64)[index])


def _plain_put(memory: Any, index: int, value: Any) -> None:
    memory.view(np.uint64)[index] = value


def _plain_bump(memory: Any, index: int) -> None:
    memory[index] += 1


def _plain_prefetch(memory: Any, index: int) -> None:
    del memory, index


Load = Callable[[Memory, int], int]
u8: Load
be16: Load
be32: Load
le16: Load
le32: Load

if TYPE_CHECKING or config.DISABLE_JIT:
    u8, be16, be32 = (_plain_load(n, swap=True, signed=True) for n in (1, 2, 4))
    le16, le32 = (_plain_load(n, swap=False, signed=True) for n in (2, 4))
    be64 = _plain_load(8, swap=True, signed=False)
    fold, prefetch, memory_of = _plain_fold, _plain_prefetch, _plain_memory
    get, put, bump = _plain_get, _plain_put, _plain_bump
else:
    u8 = _compiled_load(8, swap=False, signed=True)
    be16, le16 = _compiled_load(16, swap=True, signed=True), _compiled_load(16, swap=False, signed=True)
    be32, le32 = _compiled_load(32, swap=True, signed=True), _compiled_load(32, swap=False, signed=True)
    be64 = _compiled_load(64, swap=True, signed=False)
    fold, prefetch, memory_of = _compiled_fold, _compiled_prefetch, _compiled_memory
    get, put, bump = _compiled_get, _compiled_put, _compiled_bump

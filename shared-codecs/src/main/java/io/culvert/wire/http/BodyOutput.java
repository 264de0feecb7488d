package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;

/** Where a message goes on to, in order. */
public interface BodyOutput {

    /** @param bytes belong to the callee, who releases them */
    void write(ByteBuf bytes);
}

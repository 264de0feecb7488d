package io.culvert.wire.vless;

/** Something of one protocol that another protocol must not know. */
public record OtherWireOffender() {}

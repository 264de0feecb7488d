package io.culvert.crypto;

import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;

/** Breaks the rules about ciphers: it knows buffers, and has a random source of its own. */
public record CryptoOffender(ByteBuf bytes, SecureRandom random) {}

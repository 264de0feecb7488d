/** Ciphers, digests and key derivation; clocks and random sources are passed in. */
@NullMarked
package io.culvert.crypto;

import org.jspecify.annotations.NullMarked;

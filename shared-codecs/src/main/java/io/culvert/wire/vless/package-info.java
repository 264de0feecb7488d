/** VLESS version 0 (wire-formats section 4). */
@NullMarked
package io.culvert.wire.vless;

import org.jspecify.annotations.NullMarked;

/** VMess: headers, users, replay protection and body chunks (wire-formats section 3). */
@NullMarked
package io.culvert.wire.vmess;

import org.jspecify.annotations.NullMarked;

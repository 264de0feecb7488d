/** Opens destinations for sessions. */
@NullMarked
package io.culvert.egress;

import org.jspecify.annotations.NullMarked;

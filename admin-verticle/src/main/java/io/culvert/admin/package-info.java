/** Health, metrics and sessions over HTTP on loopback. */
@NullMarked
package io.culvert.admin;

import org.jspecify.annotations.NullMarked;

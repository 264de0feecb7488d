/** Tests of the values of the domain. */
@NullMarked
package io.culvert.model;

import org.jspecify.annotations.NullMarked;

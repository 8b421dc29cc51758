# SPDX-License-Identifier: Apache-2.0
# What the built module shows to the world.
use strict;
use warnings;
use Test::More;

my $module = $ENV{AUTHSMS_MODULE} // '.libs/mod_authsms.so';
plan skip_all => "$module is not built" unless -e $module;

my @seen = map { (split)[-1] } grep { !/ [wU] / } `nm -D --defined-only '$module'`;
is_deeply \@seen, ['authsms_module'], 'only the module record is exported';
like `readelf -d '$module'`, qr/\bNOW\b/, 'bound at load time';
like `readelf -lW '$module'`, qr/GNU_RELRO/, 'relocations are read-only';
like `readelf -lW '$module'`, qr/GNU_STACK\s.*\sRW\s/, 'no executable stack';
like `nm -D '$module'`, qr/__stack_chk_fail/, 'stack protector';
unlike `nm -D '$module'`, qr/\bU (?:strtok|sprintf|strcpy|strcat|gets|setlocale|rand|localtime|gmtime|strerror|setenv|printf|fprintf|getpwnam|system|popen|OPENSSL_cleanup|curl_global_cleanup)(?:@|$)/m,
    'nothing that is not for threads or not bounded';
done_testing;

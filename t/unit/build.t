# SPDX-License-Identifier: Apache-2.0
# What the built module shows to the world, and what a release is made of.
use strict;
use warnings;
use File::Temp qw(tempdir);
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

SKIP: {
    chomp(my @files = -e 'Makefile' ? `git ls-files 2>/dev/null` : ());
    skip 'this is no checkout of git', 2 unless @files;
    is system('make -s dist >/dev/null 2>&1'), 0, 'make dist';
    my ($archive) = glob 'mod_authsms-*.tar.gz';
    my %there = map { s{^[^/]+/}{}r => 1 } map { chomp; $_ } `tar tzf '$archive'`;
    is_deeply [grep { !$there{$_} } @files], [], 'packs everything';
    unlink $archive;
}
SKIP: {
    skip 'not configured', 2 unless -e 'Makefile';
    my $root = tempdir(CLEANUP => 1);
    my $files = sub { [map { s{^\Q$root\E.*/}{}r } grep { -f } split /\n/, `find '$root'`] };
    system("make -s install DESTDIR='$root' >/dev/null 2>&1");
    is scalar(grep { /^(?:mod_authsms\.so|authsmsctl|authsms\.conf)$/ } @{ $files->() }), 3, 'make install';
    system("make -s uninstall DESTDIR='$root' >/dev/null 2>&1");
    is_deeply $files->(), [], 'make uninstall takes all of it away';
}
done_testing;

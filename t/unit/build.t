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
unlike `nm -D '$module'`,
    qr/\bU[ ](?:strtok|sprintf|strcpy|strcat|gets|setlocale|rand|localtime|gmtime|strerror|setenv
    |printf|fprintf|getpwnam|system|popen|OPENSSL_cleanup|curl_global_cleanup)(?:@|$)/mx,
    'no function that is unbounded or not thread-safe';

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
    skip 'not configured', 4 unless -e 'Makefile';
    my $root = tempdir(CLEANUP => 1);
    my $files = sub { [map { s{^\Q$root\E.*/}{}r } grep { -f } split /\n/, `find '$root'`] };
    system("make -s install DESTDIR='$root' >/dev/null 2>&1");
    is_deeply [sort grep { /^(?:mod_authsms\.so|authsmsctl.*|authsms\.conf)$/ } @{ $files->() }],
        [qw(authsms.conf authsmsctl authsmsctl authsmsctl.1 authsmsctl.md mod_authsms.so)],
        'make install: the module, the tool with its pages and completion, the configuration';
    is scalar(grep { m{/doc/[^/]+/examples/[^/]+$} } split /\n/, `find '$root' -type f`),
        scalar(my @examples = glob 'conf/examples/*'), 'make install: the examples';
    my ($demo) = glob "$root/usr/{,local/}share/doc/*/examples/demo";
    is system('diff', '-r', 'conf/demo', $demo // 'examples/demo'), 0,
        'make install: the pages of the demo';
    system("make -s uninstall DESTDIR='$root' >/dev/null 2>&1");
    is_deeply $files->(), [], 'make uninstall takes all of it away';
}

# Debian's layout, and on it what the README says to type and to paste; only the paths lie below a
# directory of this test.
SKIP: {
    my $httpd = (grep { -x } '/usr/sbin/apache2', '/usr/sbin/httpd')[0];
    skip 'not configured, not root, or no httpd of Debian here', 9
        unless -e 'Makefile' && $httpd && !$> && getpwnam 'www-data';
    my $root = tempdir(CLEANUP => 1);
    chmod 0755, $root;
    my $said = `make -s install DESTDIR='$root' MODS_AVAILABLE=/etc/apache2/mods-available 2>&1`;
    like $said, qr/^Next: a2enmod authsms/m, 'make install names the next step';
    my $load = do { local (@ARGV, $/) = "$root/etc/apache2/mods-available/authsms.load"; <> };
    my ($so) = $load =~ m{^# Depends: dbd\nLoadModule authsms_module (/\S+/mod_authsms\.so)\n\z};
    ok $so && -e "$root$so",
        'mods-available/authsms.load loads what was installed, and mod_dbd before it';

    my $readme = do { local (@ARGV, $/) = 'README.md'; <> };
    my ($part) = $readme =~ /^## Configure\n(.*?)^## /ms;
    my ($shell) = $part =~ /```sh\n(.*?)```/s;
    my ($conf) = $part =~ /```apache\n(.*?)```/s;
    like $readme, qr/apt-get install --no-install-recommends/,
        'without what Debian recommends beside it';
    unlike $readme . do { local (@ARGV, $/) = glob 'docs/*.md conf/authsms.conf'; join '', <> },
        qr/(?:openssl|pwgen).*chmod/, 'no key file is readable for a moment';
    s{(?<![\w/])(?=/(?:etc/apache2|var/lib)/)}{$root}g for $shell, $conf;
    $shell =~ s/^a2enmod authsms\n//m or die 'the README does not enable the module';
    mkdir "$root/var";
    is system('sh', '-ec', "mkdir -p '$root/var/lib'\n$shell"), 0, 'the commands run';
    is sprintf('%o', (stat "$root/etc/apache2/authsms.key")[2] & 0777), '600',
        'the key is nobody else\'s';

    (my $modules = $so) =~ s{/[^/]+$}{};
    my $file = "$root/etc/apache2/apache2.conf";
    open my $out, '>', $file or die $!;
    print $out
        "ServerRoot $root/etc/apache2\nServerName x\nListen 127.0.0.1:1\nErrorLog /dev/null\n"
        . "PidFile $root/pid\nUser www-data\nGroup www-data\n",
        (map { "LoadModule ${_}_module $modules/mod_$_.so\n" }
            qw(mpm_event authn_core authz_core authz_user dbd)), $load =~ s{ /}{ $root/}r, $conf;
    close $out;
    my $test = `'$httpd' -t -f '$file' 2>&1`;
    is $?, 0, 'the configuration passes configtest as pasted' or diag $test;
    unlike $test, qr/(?:AuthSMS(?!Sender log|PasswordPolicy min=8: where)|DBD)/,
        'and warns of nothing but the log sender and the length of passwords';
    ok -d "$root/var/lib/authsms", 'where its users are kept';
}
done_testing;

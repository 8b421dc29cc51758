# SPDX-License-Identifier: Apache-2.0
# authsmsctl import --htpasswd: accounts of files that httpd's own htpasswd has made.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl qw(run);
use Postgres;
use Site;
use Test::More;

plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();
my ($htpasswd) = grep { -x } map { "$_/htpasswd" } split /:/, $ENV{PATH};
my $pg = Postgres::available() ? Postgres->new : undef;

# Made by htpasswd 2.4.71: "correct horse".
my %known = (
    B => '$2y$05$YaVD/3QAN6aOixnAjf.gSuM0sM/k4m/lOtEvNVf9W48vME2dUB15K',
    m => '$apr1$YmuNh0Ys$rBIYpAmjmvaVnut0XTYNj.', s => '{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=',
    d => 'OL0.T.hQUSdlY',
);
my %name = (B => 'bcrypt', m => 'apr1', s => 'sha', d => 'crypt');

# The file, by the program where it is installed.
sub file {
    return join '', map { "$name{$_}:$known{$_}\n" } sort keys %name unless $htpasswd;
    return join '', map {
        my @cost = $_ eq 'B' ? ('-C', 5) : ();
        open my $out, '-|', $htpasswd, '-nb', "-$_", @cost, $name{$_}, 'correct horse' or die "$!";
        scalar <$out>;
    } sort keys %name;
}

sub check {
    my ($site, $file) = @_;
    my $ctl = sub { run($site, '--config', $site->httpd->dir . '/httpd.conf', @_) };
    my $log_in = sub { $site->login({ username => $_[0], password => $_[1] })->{status} };
    my $hash_of = sub { $site->sql("SELECT password FROM authsms_users WHERE username = '$_[0]'") };

    my ($code, $out) = $ctl->('import', '-', '--htpasswd', \$file);
    is "$code $out", "0 4 imported, 0 already present, 0 skipped\n", 'import';
    ($code, $out) = $ctl->('import', '-', '--htpasswd', \$file);
    is "$code $out", "0 0 imported, 4 already present, 0 skipped\n", 'again: nothing is doubled';
    for my $name (sort values %name) {
        my $stored = $hash_of->($name);
        like $file, qr/^\Q$name:$stored\E$/m, "$name: the hash is kept";
        is $log_in->($name, 'wrong horse battery'), 401, "$name: a wrong password";
        is $hash_of->($name), $stored, "$name: is not replaced by it";
        is $log_in->($name, 'correct horse'), 200, "$name: the password";
        my $new = $hash_of->($name);
        isnt $new, $stored, "$name: the login replaces the hash";
        like $new, qr/^\$2y\$04\$.{53}\z/, "$name: by one as configured";
        is $log_in->($name, 'correct horse'), 200, "$name: the password again";
        is $log_in->($name, 'correct horsf'), 401, "$name: another one";
        is $hash_of->($name), $new, "$name: replaced once";
    }
    is $site->sql("SELECT count(*) FROM authsms_users WHERE verified = 1 AND mobile = ''"), 4,
        'verified, without a number';

    my $crypt = $known{d};
    my @lines = (
        "\n", "# a comment\n", "no colon\n", ":$crypt\n", " x:$crypt\n", "a\tb:$crypt\n",
        "\xff:$crypt\n", "plain:secret\n", "empty:\n", "sha5:\$5\$salt\$" . 'x' x 43 . "\n",
        "sha6:\$6\$rounds=999999999\$salt\$" . 'x' x 86 . "\n",
        "md5:\$apr1\$\$" . 'x' x 22 . "\n", "high:\$2y\$17\$" . 'x' x 53 . "\n",
        "BCRYPT:$crypt\n", "ok:$crypt:more\n", "M\xc3\xbcller 7:$crypt\r\n", "nul\0:$crypt\n",
        "last:$crypt",
    );
    my $text = join '', @lines;
    ($code, $out) = $ctl->('--json', 'import', '-', '--htpasswd', \$text);
    is $code, 1, 'lines were skipped';
    is join(' ', sort { $a <=> $b } $out =~ /^line (\d+):/mg), '3 4 5 6 7 8 9 10 11 12 13 14 17',
        'by their numbers'
        or diag $out;
    like $out, qr/^line 14: another account has this username$/m, 'a taken name';
    like $out, qr/^line 13: .*cost 17/m, 'a cost above the maximum';
    like $out, qr/^\{"imported":3,"present":0,"skipped":13,"withoutNumber":0\}$/m, 'as JSON';
    unlike $out, qr/secret|\Q$crypt\E|\$apr1/, 'no password, no hash';
    is $hash_of->('ok'), $crypt, 'another colon ends the hash';
    ($code, $out) = $ctl->('show', "M\xc3\xbcller 7");
    is $code, 0, 'a name in UTF-8';
}

for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub {
        my $site = Site->new(driver => $driver, pg => $pg, server => 'AuthSMSLimit * off')->start;
        is $site->login(Site::person())->{status}, 401, 'the tables are there';
        check($site, file());
        $site->stop;
    };
}
$pg->stop if $pg;
done_testing;
